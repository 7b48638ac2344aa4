/** A pair of hooks that does nothing, preloaded: what fails with it as well fails with any tool of this kind. */
require('node:module').registerHooks({
  resolve: (specifier, context, next) => next(specifier, context),
  load: (url, context, next) => next(url, context),
})
