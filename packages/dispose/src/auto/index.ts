export { Lifetimes, type LifetimesOptions } from './lifetimes.ts'
