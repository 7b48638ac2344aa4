/** The folder `site/` in memory. This file lies outside of it: the modules in there are re-evaluated, this one never is. */
import { FileTree } from 'immaculata'

export const tree = new FileTree('site', import.meta.dirname)
