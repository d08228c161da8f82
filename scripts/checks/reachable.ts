/**
 * Names what nothing reaches: top-level declarations of lib/ that no code leads to from `main.ts`, and
 * members of reachable classes that no reachable code names. Tests are no users: what only they call
 * is to be wired or to be deleted, or stands in `reachable_kept.ts` with its reason.
 *
 * TypeScript resolves each identifier, through imports, `export *` and `import()`, so for declarations
 * the answer is exact. Members are matched by name alone: one that shares its name with a used one is
 * not found.
 */
import { join, relative } from "node:path";
import ts from "typescript";
import { KEPT } from "./reachable_kept.ts";

export interface Unreached {
  /** `lib/room/file.ts#name` or `lib/room/file.ts#Class.member`. */
  readonly id: string;
  readonly lines: number;
}

export interface Reach {
  /** What is reached neither from `main.ts` nor from what is kept, in order. */
  readonly unreached: readonly Unreached[];
  /** What is kept although it is reached, or gone. */
  readonly needless: readonly string[];
}

/** @param kept ids with the reason why nothing reaches them yet; what they need is kept with them */
export function reachOf(root: string, kept: Readonly<Record<string, string>> = KEPT): Reach {
  const house = new House(root);
  for (const statement of house.effects()) house.follow(statement);
  house.followAll();
  const fromMain = new Set(house.unreached().map(({ id }) => id));
  for (const id of Object.keys(kept)) house.keep(id);
  house.followAll();
  return {
    unreached: house.unreached().filter(({ id }) => !Object.hasOwn(kept, id)),
    needless: Object.keys(kept).filter((id) => !fromMain.has(id)),
  };
}

/** One sentence for each. */
export function reachFaults({ unreached, needless }: Reach): string[] {
  return [
    ...unreached.map(({ id, lines }) =>
      `${id} (${lines} lines) is reached by nothing: wire it, delete it, or say why it is kept`
    ),
    ...needless.map((id) => `${id} is reached, or gone: take it out of reachable_kept.ts`),
  ];
}

class House {
  readonly #root: string;
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;
  /** Files that are loaded when `main.ts` runs. */
  readonly #loaded = new Set<ts.SourceFile>();
  readonly #reached = new Set<ts.Node>();
  readonly #waiting: ts.Node[] = [];
  /** Names that reached code takes from some object. */
  readonly #named = new Set<string>();

  constructor(root: string) {
    this.#root = root;
    this.#program = ts.createProgram([join(root, "main.ts")], {
      allowImportingTsExtensions: true,
      noEmit: true,
      strict: true,
      skipLibCheck: true,
      types: [],
      jsx: ts.JsxEmit.ReactJSX,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      target: ts.ScriptTarget.ESNext,
    });
    this.#checker = this.#program.getTypeChecker();
    for (const file of this.#program.getSourceFiles()) {
      if (!file.isDeclarationFile && file.fileName.startsWith(root)) this.#loaded.add(file);
    }
  }

  /** What runs because its file is loaded: every top-level statement that declares nothing. */
  *effects(): Generator<ts.Node> {
    for (const file of this.#loaded) {
      for (const statement of file.statements) {
        if (declared(statement).length === 0 && !isPassage(statement)) yield statement;
      }
    }
  }

  followAll(): void {
    for (let node = this.#waiting.pop(); node; node = this.#waiting.pop()) this.follow(node);
  }

  /** Everything that is named in `node` is reached. */
  follow(node: ts.Node): void {
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) this.#followName(node);
    else if (ts.isStringLiteralLike(node) && ts.isElementAccessExpression(node.parent)) {
      this.#named.add(node.text);
    }
    ts.forEachChild(node, (child) => this.follow(child));
  }

  #followName(name: ts.Identifier | ts.PrivateIdentifier): void {
    const { parent } = name;
    if (ts.isPropertyAccessExpression(parent) && parent.name === name) this.#named.add(name.text);
    if (ts.isBindingElement(parent) && ts.isObjectBindingPattern(parent.parent)) {
      const taken = parent.propertyName ?? parent.name;
      if (taken === name) {
        this.#named.add(name.text);
        const whole = this.#checker.getTypeAtLocation(parent.parent);
        this.#reach(whole.getProperty(name.text));
      }
    }
    this.#reach(
      ts.isShorthandPropertyAssignment(parent)
        ? this.#checker.getShorthandAssignmentValueSymbol(parent)
        : this.#checker.getSymbolAtLocation(name),
    );
  }

  #reach(symbol: ts.Symbol | undefined): void {
    if (!symbol) return;
    const real = symbol.flags & ts.SymbolFlags.Alias
      ? this.#checker.getAliasedSymbol(symbol)
      : symbol;
    for (const declaration of real.declarations ?? []) {
      if (!this.#loaded.has(declaration.getSourceFile()) || this.#reached.has(declaration)) {
        continue;
      }
      if (!isTopLevel(declaration)) continue;
      this.#reached.add(declaration);
      this.#waiting.push(declaration);
    }
  }

  /** Follows a declaration that nothing reaches; a member was followed with its class. */
  keep(id: string): void {
    const [path, name] = id.split("#");
    for (
      const statement of this.#program.getSourceFile(join(this.#root, path!))?.statements ?? []
    ) {
      for (const declaration of declared(statement)) {
        if (declaration.name?.getText() !== name) continue;
        this.#reached.add(declaration);
        this.#waiting.push(declaration);
      }
    }
  }

  /** In the order of their ids. */
  unreached(): Unreached[] {
    const found: Unreached[] = [];
    for (const path of sources(join(this.#root, "lib"))) {
      const file = this.#program.getSourceFile(path);
      const id = relative(this.#root, path).replaceAll("\\", "/");
      if (!file) {
        found.push({ id: `${id}#*`, lines: Deno.readTextFileSync(path).split("\n").length });
        continue;
      }
      for (const statement of file.statements) {
        for (const declaration of declared(statement)) {
          const name = declaration.name?.getText() ?? "default";
          if (!this.#reached.has(declaration)) {
            found.push({ id: `${id}#${name}`, lines: linesOf(declaration) });
          } else if (ts.isClassDeclaration(declaration)) {
            found.push(...this.#unnamed(declaration, `${id}#${name}`));
          }
        }
      }
    }
    return found.sort((a, b) => a.id < b.id ? -1 : 1);
  }

  #unnamed(declaration: ts.ClassDeclaration, id: string): Unreached[] {
    return declaration.members.flatMap((member) => {
      if (!member.name || ts.isComputedPropertyName(member.name)) return [];
      const name = member.name.getText();
      return this.#named.has(name) ? [] : [{ id: `${id}.${name}`, lines: linesOf(member) }];
    });
  }
}

type Declared =
  | ts.FunctionDeclaration
  | ts.ClassDeclaration
  | ts.InterfaceDeclaration
  | ts.TypeAliasDeclaration
  | ts.EnumDeclaration
  | ts.VariableDeclaration;

/** A destructuring at the top of a file declares nothing here: it runs as the file is loaded. */
function declared(statement: ts.Statement): Declared[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.filter(({ name }) => ts.isIdentifier(name));
  }
  return ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) ||
      ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement) ||
      ts.isEnumDeclaration(statement)
    ? [statement]
    : [];
}

/** Passing a name on is no use of it. */
function isPassage(statement: ts.Statement): boolean {
  return ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement);
}

function isTopLevel(declaration: ts.Declaration): boolean {
  // A whole module, `import * as x`, is a declaration too, and has no parent.
  if (ts.isSourceFile(declaration)) return false;
  const { parent } = declaration;
  return ts.isSourceFile(parent) ||
    ts.isVariableDeclarationList(parent) && ts.isSourceFile(parent.parent.parent);
}

function linesOf(node: ts.Node): number {
  const file = node.getSourceFile();
  const line = (at: number) => file.getLineAndCharacterOfPosition(at).line;
  return line(node.getEnd()) - line(node.getStart()) + 1;
}

function* sources(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* sources(path);
    else if (/\.tsx?$/.test(name)) yield path;
  }
}

if (import.meta.main) {
  const reach = reachOf(Deno.cwd());
  for (const fault of reachFaults(reach)) console.error(fault);
  const faults = reach.unreached.length + reach.needless.length;
  console.log(`${Object.keys(KEPT).length} kept with a reason, ${faults} faults`);
  Deno.exit(faults === 0 ? 0 : 1);
}
