import { StatusMark } from "./components/StatusBadge.tsx"
import { runningFlags, statusWords, tabOrder } from "./StatusWords.ts"

const glossary = [
  ["Job", "One task the robot does for a restaurant. Its type says what it does."],
  ["Step", "A named part of a job. A step marked “kept” is not run again when the job is tried again."],
  [
    "Try",
    "One run of a job, from its start or after its last kept step. After most failures the next try starts by itself, until no tries are left: “1 of 4” is the first try of at most four."
  ],
  ["Schedule", "Starts a job of the same type again and again, at times that somebody chose."],
  ["Usual time", "How long the last 30 successful jobs of a type took. Before five of them no number is shown."],
  ["Worker", "A program that runs jobs. When one stops answering, another takes its jobs over."],
  ["Batch", "Jobs that were started together, by one request."],
  [
    "Place",
    "Each running job takes one. Browser jobs need one of a few browsers; jobs without a browser, quick jobs and messages have places of their own. Programs call these four the lanes “browser”, “default”, “quick” and “system”."
  ]
] as const

const shortcuts = [
  ["?", "This page"],
  ["/", "Search"],
  ["g then n, i, j, r, f, t, l", "Go to Now, Inbox, Jobs, Restaurants, Failures, Types, Fleet"],
  ["j and k", "Next and previous row"],
  ["Enter", "Open the row"],
  ["x, Shift + x", "Tick the row, or all up to it"],
  ["e", "Retry: the job, or what is ticked"],
  ["c", "Cancel: the job, or what is ticked"],
  ["l", "Live or paused"],
  ["1 to 6", "Tabs of a job"],
  ["[ and ]", "Previous and next try"],
  ["← and →", "Previous and next picture of the film strip"],
  [".", "End of the log"],
  ["Esc", "Clear the ticks, close a question"]
] as const

const searches = [
  ["type:import-csv-menu", "Jobs of this type, by its name"],
  ["status:failed", "Jobs in this status, by its name or word"],
  ["restaurant:sushi-ito", "Jobs for this restaurant"],
  ["label:spring", "Jobs with this label"],
  ["queue:browser", "Jobs that run in a browser; others: default, quick"],
  ["since:2h", "Jobs that were created in this time: hours (h) or days (d)"],
  ['error~"timed out"', "Jobs with this text in their error, type, id or restaurant"]
] as const

export const HelpPage = () => (
  <div class="prose">
    <h1>Help</h1>
    <h2>What the statuses mean</h2>
    <dl class="words">
      {tabOrder.map((status) => (
        <div>
          <dt>
            <StatusMark status={status} />
          </dt>
          <dd>{statusWords[status].sentence}</dd>
        </div>
      ))}
    </dl>
    <p>
      A running job may also say <strong>{runningFlags.cancelling.word}</strong>:{" "}
      {runningFlags.cancelling.sentence.toLowerCase()} Or <strong>{runningFlags.stalled.word}</strong>:{" "}
      {runningFlags.stalled.sentence.toLowerCase()}
    </p>
    <h2>Words</h2>
    <dl class="words">
      {glossary.map(([word, meaning]) => (
        <div>
          <dt>{word}</dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
    <h2 id="search-words">Search</h2>
    <p>
      Type the id of a job to go to it. Other text is looked for in restaurants, jobs and failures. A filter in words
      leads to the list of jobs; several of them can stand together.
    </p>
    <dl class="words keys">
      {searches.map(([text, meaning]) => (
        <div>
          <dt>
            <code>{text}</code>
          </dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
    <h2 id="keys">Keys</h2>
    <p>
      Single keys work outside of text fields. They can be switched off in the <a href="/settings">settings</a>.
    </p>
    <dl class="words keys">
      {shortcuts.map(([keys, meaning]) => (
        <div>
          <dt>
            <kbd>{keys}</kbd>
          </dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
    <h2>Live pages</h2>
    <p>
      Pages change while you look at them, but rows never move. New jobs show as a note above the list. Press “Live” at
      the top to hold a page still; press it again to bring it up to date.
    </p>
  </div>
)
