import { testScenarios } from './scenarios.ts'

await testScenarios('An update', './scenarios/update.mjs')
