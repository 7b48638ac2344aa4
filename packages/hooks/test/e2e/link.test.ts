import { testScenarios } from './scenarios.ts'

await testScenarios('The link check', './scenarios/link.mjs')
