// The reader's own actions: the question before, and the focus after. It follows app.js in one file.

// Questions before what cannot be undone. Each one is answered, or htmx would hold the button's queue for ever.
on("htmx:confirm", (event) => {
  event.preventDefault()
  const dialog = $("#confirm")
  const { confirmKeep = "Keep", confirmLabel = "Continue" } = event.target.dataset
  dialog.returnValue = ""
  dialog.querySelector("p").textContent = event.detail.ctx.confirm
  dialog.querySelector("[value=no]").textContent = confirmKeep
  dialog.querySelector("[value=yes]").textContent = confirmLabel
  const answer = () => {
    if (dialog.returnValue === "yes" && event.target.isConnected) return event.detail.issueRequest()
    event.detail.dropRequest()
    if (dialog.returnValue === "yes") alertToast("The job has changed meanwhile.")
  }
  dialog.addEventListener("close", answer, { once: true })
  dialog.showModal()
})

// After an action the focus stays on its button; where the answer removed that, it goes to the status of the page.
let pressed
// Where the focus goes that lost its button: the card that the button was in.
let home
on("htmx:config:request", (event) => {
  const { sourceElement } = event.detail.ctx
  if (sourceElement.matches(".feed") || !sourceElement.contains(document.activeElement)) return
  pressed = document.activeElement
  home = pressed.closest("[data-home]")?.id
})
on("htmx:finally:request", () => {
  const button = pressed
  pressed = undefined
  if (button) setTimeout(() => document.activeElement === document.body && refocus(button))
})
const refocus = (button) => {
  const again = button.isConnected ? button : document.getElementById(button.id)
  const card = document.getElementById(home)?.querySelector("a")
  const place = again && !again.disabled ? again : (card ?? $("#job-headline") ?? $("h1"))
  if (place?.matches("h1")) place.tabIndex = -1
  place?.focus({ preventScroll: true })
}
