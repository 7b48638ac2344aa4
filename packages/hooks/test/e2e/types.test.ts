import { testScenarios } from './scenarios.ts'

await testScenarios('Modules of any type', './scenarios/types.mjs')
