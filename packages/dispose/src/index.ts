export { Scope, type ScopeOptions } from './scope.ts'
export { Scopes } from './scopes.ts'
