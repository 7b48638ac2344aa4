/** Where a text stops being JSON: V8 does not always say it, and never says in which file. */

const whitespace = /[ \t\n\r]*/y
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const escaped = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y
const word = /true|false|null/y

/** The index of the first character that cannot stand where it does; the length of the text if that ends too early. */
export function jsonErrorIndex(text: string): number {
  const reader = new Reader(text)
  if (reader.value()) {
    reader.skip(whitespace)
  }
  return reader.at
}

class Reader {
  at = 0
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.at
    if (!pattern.test(this.#text)) return false
    this.at = pattern.lastIndex
    return true
  }

  /** Reads one value, as deep as it is, without using the stack. */
  value(): boolean {
    const closers: string[] = []
    for (;;) {
      this.skip(whitespace)
      const opener = this.#text[this.at]
      if (opener === '{' || opener === '[') {
        this.at++
        this.skip(whitespace)
        const closer = opener === '{' ? '}' : ']'
        if (this.#takes(closer)) {
          // an empty object or array is a value
        } else {
          closers.push(closer)
          if (closer === '}' && !this.#key()) return false
          continue
        }
      } else if (opener === '"' ? !this.#string() : !this.skip(number) && !this.skip(word)) return false
      for (;;) {
        const closer = closers.at(-1)
        if (closer === undefined) return true
        this.skip(whitespace)
        if (this.#takes(closer)) {
          closers.pop()
          continue
        }
        if (!this.#takes(',')) return false
        if (closer === '}' && !this.#key()) return false
        break
      }
    }
  }

  #key(): boolean {
    this.skip(whitespace)
    if (!this.#string()) return false
    this.skip(whitespace)
    return this.#takes(':')
  }

  /** A string that does not end is wrong where its line ends. */
  #string(): boolean {
    if (!this.#takes('"')) return false
    for (; this.at < this.#text.length; this.at++) {
      const character = this.#text[this.at]!
      if (this.#takes('"')) return true
      if (character < ' ') return false
      if (character !== '\\') continue
      if (!this.skip(escaped)) return false
      this.at--
    }
    return false
  }

  #takes(character: string): boolean {
    if (this.#text[this.at] !== character) return false
    this.at++
    return true
  }
}
