import { testScenarios } from './scenarios.ts'

await testScenarios('Reads', './scenarios/reads.mjs')
