/** A JSON value as a tree that opens and closes. Closed below the second level. */
const OPEN_LEVELS = 2

const isContainer = (value: unknown): value is object => typeof value === "object" && value !== null

const kindOf = (value: unknown): string => (value === null ? "null" : typeof value)

const Leaf = ({ name, value }: { readonly name: string | undefined; readonly value: unknown }) => (
  <>
    {name !== undefined && <span class="tree-key">{name}: </span>}
    <span class={`tree-${kindOf(value)}`}>{JSON.stringify(value)}</span>
  </>
)

interface NodeProps {
  readonly name?: string
  readonly value: unknown
  readonly depth: number
}

const Node = ({ depth, name, value }: NodeProps) => {
  if (!isContainer(value)) return <Leaf name={name} value={value} />
  const entries = Object.entries(value)
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"]
  if (entries.length === 0) return <Leaf name={name} value={value} />
  return (
    <details open={depth < OPEN_LEVELS}>
      <summary>
        {name !== undefined && <span class="tree-key">{name}: </span>}
        <span class="muted">
          {open} {entries.length} {close}
        </span>
      </summary>
      <ul>
        {entries.map(([key, inner]) => (
          <li>
            <Node name={Array.isArray(value) ? String(Number(key) + 1) : key} value={inner} depth={depth + 1} />
          </li>
        ))}
      </ul>
    </details>
  )
}

export const JsonTree = ({ value }: { readonly value: unknown }) => (
  <div class="tree">
    <Node value={value} depth={0} />
  </div>
)
