// Trees of JSON: find in them, and copy one line. It follows notify.js in one file.
const ownText = (line) => {
  const name = line.querySelector(":scope > .tree-leaf, :scope > details > summary")
  return (name?.textContent ?? "").toLowerCase()
}
const treeOf = (tools) => tools.parentElement.querySelector(".tree")
const findIn = (tools, text) => {
  let found = 0
  for (const line of treeOf(tools).querySelectorAll("li")) {
    const fits = text !== "" && ownText(line).includes(text)
    line.classList.toggle("tree-found", fits)
    if (!fits) continue
    found += 1
    for (let up = line.parentElement; up?.closest(".tree"); up = up.parentElement)
      if (up.matches("details")) up.open = true
  }
  tools.querySelector("[data-tree-path]").textContent = text === "" ? "" : found === 1 ? "1 line" : `${found} lines`
}
on("input", ({ target }) => {
  const tools = target.closest?.("[data-tree]")
  if (tools) findIn(tools, target.value.trim().toLowerCase())
})

/** Keys from the outside in. */
const keysOf = (line) => {
  const keys = []
  for (let at = line; at; at = at.parentElement.closest("li")) keys.unshift(at.dataset.key)
  return keys
}
let chosen
const treeTools = (line) => line.closest(".tree").parentElement.querySelector("[data-tree]")
const choose = (line) => {
  const tools = treeTools(line)
  if (!tools) return
  let value = JSON.parse(document.getElementById(tools.dataset.tree).textContent)
  let path = ""
  for (const key of keysOf(line)) {
    const isPlain = /^[a-z_]\w*$/iu.test(key)
    path += Array.isArray(value) ? `[${key}]` : isPlain ? `${path && "."}${key}` : `[${JSON.stringify(key)}]`
    value = value[key]
  }
  chosen = { path, value: typeof value === "string" ? value : JSON.stringify(value, null, 2) }
  $(".tree-chosen")?.classList.remove("tree-chosen")
  line.classList.add("tree-chosen")
  tools.querySelector("[data-tree-path]").textContent = path
  for (const button of tools.querySelectorAll("button")) button.hidden = false
}
// A line that opens is a place of the focus by itself; values become one here, because only a script can copy them.
const LEAF = "[data-tree] ~ .tree li > .tree-leaf"
const reach = () => {
  for (const leaf of $$(LEAF)) {
    leaf.tabIndex = 0
    leaf.role = "button"
  }
}
reach()
on("htmx:after:swap", reach)
on("keydown", (event) => {
  const { key, target } = event
  if (target.matches?.(LEAF) && /^(?:Enter| )$/u.test(key)) {
    event.preventDefault()
    choose(target.parentElement)
    treeTools(target).querySelector("button").focus()
  } else if (key === "Escape" && target.matches?.("[data-tree-copy]")) $(".tree-chosen > [role=button]")?.focus()
})
on("click", ({ target }) => {
  const line = target.closest?.(".tree li")
  if (line) choose(line)
  const button = target.closest?.("[data-tree-copy]")
  if (button && chosen) copy(button, chosen[button.dataset.treeCopy])
})
