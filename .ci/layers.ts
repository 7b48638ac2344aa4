/**
 * The layers of the code: an import leads from a layer to itself or to one below, never upward.
 *
 * Each list is a layer, the lowest first. Rooms in one layer know nothing of each other. A room is a folder with all below it, a
 * single file, or `.` for the files right in `src`. If a folder has rooms of its own, only the files right in it are its room.
 * Type-only imports count. A folder that is named nowhere is an error.
 */

/** The packages, by their folder in `packages/`. */
export const packageLayers: Layers = [['graph', 'tree', 'dispose'], ['hooks'], ['immaculata']]

/** The rooms of each package, by their place in its `src`. */
export const roomLayers: Record<string, Layers> = {
  graph: [['.']],
  tree: [['paths'], ['files', 'following'], ['reading', 'settling', 'updates'], ['watching'], ['.']],
  dispose: [
    ['.'],
    ['auto/node'],
    ['auto/ownership'],
    ['auto/handover'],
    ['auto/resources', 'auto/connections'],
    ['auto'],
  ],
  hooks: [['node'], ['modules'], ['loading'], ['contributions', 'reads'], ['hot'], ['update'], ['.']],
  immaculata: [
    ['tree.ts', 'reload', 'command/compilers'],
    ['ui/page'],
    ['ui'],
    ['command/messages'],
    ['command/shared'],
    ['command/arguments', 'command/program', 'command/status', 'command/supervisor'],
    ['.'],
  ],
}

/** Packages that run anywhere: nothing in them imports from Node. */
export const withoutNode: readonly string[] = ['graph']

export type Layers = readonly (readonly string[])[]
