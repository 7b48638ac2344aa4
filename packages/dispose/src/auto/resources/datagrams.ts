/** UDP sockets. */
import type { Socket } from 'node:dgram'
import type { Patches } from '../node/patches.ts'
import type { Owned } from '../ownership/owned-resources.ts'
import type { Owners } from '../ownership/owner-of-call.ts'

const dgram = process.getBuiltinModule('node:dgram')

export function patchDatagrams(patches: Patches, owned: Owned, owners: Owners): void {
  for (const name of ['createSocket', 'Socket']) {
    patches.replace(dgram, name, (_self, _args, call) => {
      const scope = owners.find()?.scope
      const socket = call() as Socket
      if (scope) {
        let open = true
        const closed = new Promise<void>(resolve => {
          socket.once('close', () => {
            open = false
            resolve()
          })
        })
        const close = () => {
          socket.close()
          return closed
        }
        owned.give(scope, { kind: 'sockets', resource: socket, isOpen: () => open, close })
      }
      return socket
    })
  }
}
