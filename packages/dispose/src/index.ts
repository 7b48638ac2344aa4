export { Scope, type ScopeOptions } from './scope.ts'
export { type Retired, Scopes, type ScopesOptions } from './scopes.ts'
