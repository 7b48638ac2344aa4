import { testScenarios } from './scenarios.ts'

await testScenarios('what the fuzz found', './scenarios/found.mjs')
