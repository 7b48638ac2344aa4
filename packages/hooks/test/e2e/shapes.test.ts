import { testScenarios } from './scenarios.ts'

await testScenarios('Programs of all shapes', './scenarios/shapes.mjs')
