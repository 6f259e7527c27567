// How many questions wait stands in the title of the tab, and those who want it are told of a new one.
const NOTIFY = "callboard-notify"
const COUNT_MS = 30000
const waiting = () => Number($("#nav-inbox")?.dataset.count ?? 0)
let known = waiting()
const mayNotify = () =>
  "Notification" in window && Notification.permission === "granted" && localStorage.getItem(NOTIFY) === "yes"
const tell = (count) => {
  if (count > known && mayNotify()) {
    const note = new Notification(count === 1 ? "A job needs you" : `${count} jobs need you`, { tag: "callboard" })
    note.onclick = () => {
      window.focus()
      location.assign("/inbox")
    }
  }
  known = count
  const name = document.title.replace(/^\([\d,+]+\) /u, "")
  document.title = count > 0 ? `(${count}) ${name}` : name
}
on("htmx:after:swap", () => waiting() !== known && tell(waiting()))
// A hidden tab holds no stream.
setInterval(() => {
  if (!document.hidden || !mayNotify()) return
  fetch("/inbox/count").then(
    async (answer) => answer.ok && tell((await answer.json()).questions),
    () => undefined
  )
}, COUNT_MS)
const showNotify = () => {
  const button = $("#notify")
  if (!button) return
  button.hidden = !("Notification" in window)
  button.textContent = mayNotify() ? "Stop notifying me" : "Notify me of questions"
}
on("click", async (event) => {
  if (!event.target.closest?.("#notify")) return
  if (mayNotify()) localStorage.removeItem(NOTIFY)
  else {
    localStorage.setItem(NOTIFY, "yes")
    if ((await Notification.requestPermission()) === "denied") alertToast("Your browser does not allow notifications.")
  }
  showNotify()
})
showNotify()
