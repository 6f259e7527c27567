// A page that is no longer live says so to those who do not see it, and once more when it is live again.
let isOldTold = false
on("board:live", ({ detail: { state, text } }) => {
  if (state !== (isOldTold ? "live" : "old")) return
  isOldTold = !isOldTold
  say(isOldTold ? text : "Live again.")
})
