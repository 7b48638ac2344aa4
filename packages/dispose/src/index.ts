export { Scope, type ScopeOptions } from './scope.ts'
export { type Retired, Scopes } from './scopes.ts'
