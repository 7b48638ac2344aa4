/** The folder `site/` in memory. It is made outside of that folder: what is in there is evaluated again and again, this is not. */
import { FileTree } from 'immaculata'

export const tree = new FileTree('site', import.meta.dirname)
