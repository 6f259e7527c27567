/** Pieces of the page, made without a framework. */
import { statusIcons } from "../icons.ts"
import type { ShownStatus } from "../words.ts"

const SVG = "http://www.w3.org/2000/svg"

export const part = <Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  ...children: ReadonlyArray<Node | string>
): HTMLElementTagNameMap[Name] => {
  const made = document.createElement(name)
  made.className = className
  made.append(...children)
  return made
}

const draw = (name: string, attributes: Readonly<Record<string, string | number | undefined>>): SVGElement => {
  const made = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(key, String(value))
  }
  return made
}

/** Decoration: the word beside it says the same. */
export const icon = (status: ShownStatus): SVGElement => {
  const made = draw("svg", { class: "cb-icon", viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" })
  for (const { d, dash, isTurning, opacity, width } of statusIcons[status]) {
    const line = { fill: "none", stroke: "currentColor", "stroke-linecap": "round", "stroke-linejoin": "round" }
    made.append(
      draw("path", {
        d,
        opacity,
        class: isTurning ? "cb-turning" : undefined,
        ...(width === undefined
          ? { fill: "currentColor", "fill-rule": "evenodd" }
          : { ...line, "stroke-width": width, "stroke-dasharray": dash })
      })
    )
  }
  return made
}

/** One row of facts: `Took 11 s`. */
export const fact = (name: string, value: string): HTMLElement =>
  part("div", "", part("dt", "", name), part("dd", "", value))

/** Writes only what is new, so that a screen reader hears nothing twice. Without text it is not there. */
export const say = (place: HTMLElement, text: string | undefined): void => {
  place.hidden = text === undefined || text === ""
  if (place.textContent !== (text ?? "")) place.textContent = text ?? ""
}
