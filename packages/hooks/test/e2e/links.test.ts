import { testScenarios } from './scenarios.ts'

await testScenarios('Symbolic links', './scenarios/links.mjs')
