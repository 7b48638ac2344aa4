import { testScenarios } from './scenarios.ts'

await testScenarios('Files that the program writes itself', './scenarios/own-writes.mjs')
