import { testScenarios } from './scenarios.ts'

await testScenarios('Plans and reports', './scenarios/reports.mjs')
