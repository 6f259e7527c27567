// The log follows only while the reader is at its end. It follows app.js in one file.
const AT_END_PX = 40
let following = true
let linesSeen = 0
const linesOf = (log) => log.querySelectorAll(".line").length
/** Who reads further up is told how much came, instead of being taken there. */
const follow = () => {
  const log = $("#log")
  if (!log) return
  if (following) {
    log.scrollTop = log.scrollHeight
    linesSeen = linesOf(log)
  }
  const more = $("#log-more")
  const count = linesOf(log) - linesSeen
  if (!more) return
  more.hidden = count <= 0
  more.textContent = `↓ ${count} new ${count === 1 ? "line" : "lines"}`
}
on("click", (event) => {
  if (!event.target.closest?.("#log-more")) return
  following = true
  follow()
})
on(
  "scroll",
  ({ target }) => {
    if (target.id !== "log") return
    following = target.scrollHeight - target.scrollTop - target.clientHeight < AT_END_PX
    if (following) follow()
  },
  true
)
on("htmx:after:swap", follow)
on("click", (event) => {
  const button = event.target.closest?.("#log-aloud")
  if (!button) return
  const aloud = button.getAttribute("aria-pressed") !== "true"
  button.setAttribute("aria-pressed", String(aloud))
  $("#log").setAttribute("aria-live", aloud ? "polite" : "off")
})
follow()
