export type { Served } from './handover/handover.ts'
export { isFromHere } from './handover/local-requests.ts'
export type { Page } from './handover/page.ts'
export { Lifetimes, type LifetimesOptions } from './lifetimes.ts'
