import { testScenarios } from './scenarios.ts'

await testScenarios('Memory', './scenarios/memory.mjs')
