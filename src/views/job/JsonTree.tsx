/**
 * A JSON value as a tree that opens and closes, in the order in which its keys were stored. Closed below the second
 * level. The script of the page adds a search, and the path and value of the line that was chosen.
 */
import { MASK } from "../../domain/Secret.ts"

const OPEN_LEVELS = 2

const isContainer = (value: unknown): value is object => typeof value === "object" && value !== null

const kindOf = (value: unknown): string => (value === null ? "null" : typeof value)

const Value = ({ value }: { readonly value: unknown }) =>
  value === MASK ? (
    <>
      <span class="tree-secret">{MASK}</span> <span class="note">secret, shown to nobody</span>
    </>
  ) : (
    <span class={`tree-${kindOf(value)}`}>{JSON.stringify(value)}</span>
  )

interface NodeProps {
  /** Key of an object, or place in a list, counted from 0. */
  readonly name?: string | number | undefined
  readonly value: unknown
  readonly depth: number
}

/** Places are shown from 1, as people count. */
const Name = ({ name }: Pick<NodeProps, "name">) =>
  name === undefined ? null : <span class="tree-key">{typeof name === "number" ? name + 1 : name}: </span>

const Leaf = ({ name, value }: NodeProps) => (
  <span class="tree-leaf">
    <Name name={name} />
    <Value value={value} />
  </span>
)

const Node = (props: NodeProps) => {
  const { depth, name, value } = props
  if (!isContainer(value)) return <Leaf {...props} />
  const entries = Object.entries(value)
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"]
  if (entries.length === 0) return <Leaf {...props} />
  return (
    <details open={depth < OPEN_LEVELS}>
      <summary>
        <Name name={name} />
        <span class="muted">
          {open} {entries.length} {close}
        </span>
      </summary>
      <ul>
        {entries.map(([key, inner]) => (
          <li data-key={key}>
            <Node name={Array.isArray(value) ? Number(key) : key} value={inner} depth={depth + 1} />
          </li>
        ))}
      </ul>
    </details>
  )
}

/** Needs the same value as text under that id, which the script reads to copy from. */
export const TreeTools = ({ of, textId }: { readonly of: string; readonly textId: string }) => (
  <div class="tree-tools js-only" data-tree={textId}>
    <input type="search" aria-label={`Find in ${of}`} placeholder="Find" autocomplete="off" />
    <span class="note" role="status" data-tree-path="">
      Press a line to copy it
    </span>
    <button type="button" class="button button-small" data-tree-copy="path" hidden>
      Copy path
    </button>
    <button type="button" class="button button-small" data-tree-copy="value" hidden>
      Copy value
    </button>
  </div>
)

export const JsonTree = ({ value }: { readonly value: unknown }) => (
  <div class="tree">
    <Node value={value} depth={0} />
  </div>
)
