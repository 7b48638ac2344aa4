/** An inspector session inside this process: what V8 knows of its own objects, without a flag and without stopping. */
type Session = InstanceType<typeof import('node:inspector').Session>

interface Property {
  readonly name: string
  readonly value?: {
    readonly objectId?: string
    readonly description?: string
    readonly value?: unknown
    readonly unserializableValue?: string
  }
}

interface Hidden {
  readonly internalProperties?: Property[]
  readonly privateProperties?: Property[]
}

/** Variables that a function closes over: those of one function, block or module around it. */
export interface VariableScope {
  /** `Module`, `Closure (name)`, `Closure` for a function without a name, `Block`, … as debuggers say. */
  readonly kind: string
  /** A copy, by name: the values are the program's own, what is assigned later is not seen. */
  readonly variables: Readonly<Record<string, unknown>>
}

/** What only a debugger sees of an object. */
export interface HiddenParts {
  /** Of a function: innermost first, without the global ones. */
  readonly scopes: readonly VariableScope[]
  /** Private fields; what a promise was resolved with; what a bound function is bound to. */
  readonly values: readonly unknown[]
}

/** A source that V8 has compiled. */
export interface Script {
  readonly id: number
  readonly url: string
  /** Whether it is an ES module. */
  readonly module: boolean
}

/** There is no inspector in this process: it is refused (`--permission`), or not built in. That never changes while it runs. */
export class InspectorRefused extends Error {}

export class Inspector {
  readonly #session: Session

  /** Opens a session, runs `use` and closes it. Throws an {@link InspectorRefused} where no session can be opened. */
  static with<T>(use: (inspector: Inspector) => T): T {
    const session = openSession()
    try {
      return use(new Inspector(session))
    } finally {
      session.disconnect()
    }
  }

  private constructor(session: Session) {
    this.#session = session
  }

  /** The first of these variables that a function closes over. Throws if there is none of them. */
  closedOver(fn: unknown, names: readonly string[]): unknown {
    const { internalProperties } = this.#post<{ internalProperties?: Property[] }>('Runtime.getProperties', {
      objectId: this.#idOf(fn),
      ownProperties: true,
    })
    const scopes = internalProperties?.find(({ name }) => name === '[[Scopes]]')?.value?.objectId
    for (const { value } of scopes === undefined ? [] : this.#propertiesOf(scopes)) {
      // The global scope comes last, and is large.
      if (value?.objectId === undefined || value.description === 'Global') continue
      const variables = this.#propertiesOf(value.objectId)
      for (const name of names) {
        const objectId = variables.find(variable => variable.name === name)?.value?.objectId
        if (objectId !== undefined) return this.#valueOf(objectId)
      }
    }
    throw new Error(`the loader has no variable ${names.join(' or ')}`)
  }

  /** A private field of an object, by its name with the `#`; `undefined` if it has none of that name. */
  privateOf(object: unknown, name: string): unknown {
    const { privateProperties } = this.#post<{ privateProperties?: Property[] }>('Runtime.getProperties', {
      objectId: this.#idOf(object),
      ownProperties: true,
    })
    const objectId = privateProperties?.find(property => property.name === name)?.value?.objectId
    return objectId === undefined ? undefined : this.#valueOf(objectId)
  }

  /** The private fields of an object that hold no objects, by their names with the `#`. Big numbers come as text. */
  privateValuesOf(object: unknown): [name: string, value: unknown][] {
    const { privateProperties = [] } = this.#post<Hidden>('Runtime.getProperties', {
      objectId: this.#idOf(object),
      ownProperties: true,
    })
    return privateProperties.flatMap(({ name, value }): [string, unknown][] =>
      value && value.objectId === undefined ? [[name, value.unserializableValue ?? value.value]] : [],
    )
  }

  /** Scopes, private fields and the like. It costs some 60 µs: ask only where there may be any. */
  hiddenPartsOf(object: unknown): HiddenParts {
    const { internalProperties = [], privateProperties = [] } = this.#post<Hidden>('Runtime.getProperties', {
      objectId: this.#idOf(object),
      ownProperties: true,
    })
    const scopes: VariableScope[] = []
    const values: unknown[] = []
    for (const { name, value } of internalProperties) {
      if (value?.objectId === undefined) continue
      if (name === '[[Scopes]]') scopes.push(...this.#scopesIn(value.objectId))
      else if (holding.has(name)) values.push(this.#valueOf(value.objectId))
    }
    for (const { value } of privateProperties) if (value?.objectId) values.push(this.#valueOf(value.objectId))
    return { scopes, values }
  }

  /** `[[Scopes]]` looks like an array of `{ description, object }`. */
  #scopesIn(objectId: string): VariableScope[] {
    const list = this.#valueOf(objectId) as Record<string, { description: string; object: VariableScope['variables'] }>
    const scopes: VariableScope[] = []
    for (let index = 0; Object.hasOwn(list, index); index++) {
      const { description: kind, object } = list[index]!
      if (kind === 'Global' || kind === 'Script') continue
      const variables: Record<string, unknown> = Object.create(null)
      for (const name of Object.getOwnPropertyNames(object)) {
        const variable = propertyOf(object, name)
        if (variable && 'value' in variable) variables[name] = variable.value
      }
      scopes.push({ kind, variables })
    }
    return scopes
  }

  /** Every object in memory that has this prototype, also further up. Garbage is collected first. */
  instancesOf(prototype: object): unknown[] {
    const { objects } = this.#post<{ objects: { objectId?: string } }>('Runtime.queryObjects', {
      prototypeObjectId: this.#idOf(prototype),
    })
    return this.#valueOf(objects.objectId!) as unknown[]
  }

  /** Everything that V8 has compiled and still holds: 20 µs for each script. */
  scripts(): Script[] {
    const scripts: Script[] = []
    const parsed = ({ params }: { params: { scriptId: string; url: string; isModule?: boolean } }) =>
      void scripts.push({ id: Number(params.scriptId), url: params.url, module: params.isModule ?? false })
    this.#session.on('Debugger.scriptParsed', parsed)
    try {
      this.#post('Debugger.enable', {})
    } finally {
      this.#post('Debugger.disable', {})
      this.#session.off('Debugger.scriptParsed', parsed)
    }
    return scripts
  }

  #propertiesOf(objectId: string): Property[] {
    return this.#post<{ result: Property[] }>('Runtime.getProperties', { objectId, ownProperties: true }).result
  }

  /** The inspector deals in ids, the program in values: they meet in a global for a moment. */
  #idOf(value: unknown): string {
    const { result } = exchange(value, () =>
      this.#post<{ result: { objectId?: string } }>('Runtime.evaluate', {
        expression: `globalThis[Symbol.for('${meeting.description}')]`,
      }),
    )
    if (result.objectId === undefined) throw new Error('the loader is not what it was')
    return result.objectId
  }

  #valueOf(objectId: string): unknown {
    let value: unknown
    const take = (found: unknown) => {
      value = found
    }
    exchange(take, () =>
      this.#post('Runtime.callFunctionOn', {
        objectId,
        functionDeclaration: `function() { globalThis[Symbol.for('${meeting.description}')](this) }`,
      }),
    )
    return value
  }

  /** In-process sessions answer before `post` returns. */
  #post<T>(method: string, parameters: object): T {
    let failure: Error | null = null
    let answer: unknown
    this.#session.post(method, parameters, (error: Error | null, result?: object) => {
      failure = error
      answer = result
    })
    if (failure) throw new Error(`${method}: ${(failure as Error).message}`)
    return answer as T
  }
}

function openSession(): Session {
  const builtin = process.getBuiltinModule('node:inspector')
  if (!builtin) throw new InspectorRefused('this Node was built without an inspector')
  try {
    const session = new builtin.Session()
    session.connect()
    return session
  } catch (cause) {
    throw new InspectorRefused((cause as Error).message, { cause })
  }
}

/** A variable that is not initialized yet is a getter that throws, or throws itself when it is looked at. */
function propertyOf(object: object, name: string): PropertyDescriptor | undefined {
  try {
    return Reflect.getOwnPropertyDescriptor(object, name)
  } catch {
    return undefined
  }
}

/** What internal properties hold that the program's code can reach. */
const holding = new Set(['[[PromiseResult]]', '[[TargetFunction]]', '[[BoundThis]]', '[[BoundArgs]]'])

const meeting = Symbol.for('native hot modules: meeting')

function exchange<T>(value: unknown, run: () => T): T {
  const holder = globalThis as Record<symbol, unknown>
  holder[meeting] = value
  try {
    return run()
  } finally {
    delete holder[meeting]
  }
}
