import { testScenarios } from './scenarios.ts'

await testScenarios('import.meta.hot', './scenarios/meta.mjs')
