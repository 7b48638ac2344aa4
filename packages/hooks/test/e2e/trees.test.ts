import { testScenarios } from './scenarios.ts'

await testScenarios('Several trees, and files of all kinds', './scenarios/trees.mjs')
