/** The API of the packages, from the docstrings in their sources: what each exports, with its members. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const packages = new URL('../../packages/', import.meta.url)
const names = ['immaculata', 'hooks', 'tree', 'graph', 'dispose']

/**
 * Adds one page for each package, below `/api/`.
 * @param {import('immaculata').FileTree} tree
 */
export async function addApi(tree) {
  if (!existsSync(packages)) return
  const entries = names.map(name => fileURLToPath(new URL(`${name}/src/index.ts`, packages)))
  const program = ts.createProgram(entries, {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true,
  })
  const checker = program.getTypeChecker()
  const writes = names.map((name, at) => {
    const source = /** @type {ts.SourceFile} */ (program.getSourceFile(/** @type {string} */ (entries[at])))
    const module = /** @type {ts.Symbol} */ (checker.getSymbolAtLocation(source))
    const symbols = checker
      .getExportsOfModule(module)
      .map(symbol => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))
    const title = name === 'immaculata' ? name : `@hot/${name}`
    const text = symbols.map(symbol => describe(symbol, checker)).join('\n')
    return tree.write(`/pages/api/${at}-${name}.md`, `# API of ${title}\n\n${text}`)
  })
  await Promise.all(writes)
}

/** @param {ts.Symbol} symbol @param {ts.TypeChecker} checker */
function describe(symbol, checker) {
  const [declaration] = symbol.declarations ?? []
  if (!declaration) return ''
  const parts = [`## ${symbol.name}\n`, docsOf(symbol, checker)]
  if (ts.isClassDeclaration(declaration) || ts.isInterfaceDeclaration(declaration)) {
    for (const member of declaration.members) {
      const isPrivate = member.name && (ts.isPrivateIdentifier(member.name) || member.name.getText() === 'constructor')
      if (isPrivate || (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private) !== 0) continue
      const signature = signatureOf(member)
      if (signature === undefined) continue
      const of = member.name && checker.getSymbolAtLocation(member.name)
      parts.push(`\`\`\`ts\n${signature}\n\`\`\`\n`, of ? docsOf(of, checker) : '')
    }
  } else {
    parts.push(`\`\`\`ts\n${signatureOf(declaration) ?? declaration.getText()}\n\`\`\`\n`)
  }
  return parts.filter(Boolean).join('\n')
}

/** A declaration without its body. @param {ts.Node} node */
function signatureOf(node) {
  const body = /** @type {{ body?: ts.Node }} */ (node).body
  const initializer = /** @type {{ initializer?: ts.Node }} */ (node).initializer
  const end = body?.getStart() ?? node.getEnd()
  const text = node.getSourceFile().text.slice(node.getStart(), end)
  if (ts.isClassStaticBlockDeclaration(node) || (initializer && ts.isPropertyDeclaration(node) && !node.type))
    return undefined
  const plain = initializer && ts.isPropertyDeclaration(node) ? text.slice(0, text.lastIndexOf('=')) : text
  return plain.replace(/\bexport \b|\breadonly #/g, '').trim()
}

/** @param {ts.Symbol} symbol @param {ts.TypeChecker} checker */
function docsOf(symbol, checker) {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker))
  return text && `${text.replace(/\{@link ([^}]+)\}/g, '`$1`')}\n`
}
