import { StatusMark } from "./components/StatusBadge.tsx"
import { runningFlags, statusWords, tabOrder } from "./StatusWords.ts"

const glossary = [
  ["Job", "One task the robot does for a restaurant. Its type says which script does it."],
  ["Step", "A named part of a job. A step marked “kept” is not run again when the job is tried again."],
  [
    "Try",
    "One run of a job from its start or from its last kept step. After a failure the next try starts by itself, until no tries are left."
  ],
  ["Batch", "Jobs that were started together, by one request."],
  [
    "Lane",
    "Jobs that share places: “browser” jobs need one of a few browser sessions, “quick” is for many short jobs, everything else is in “default”."
  ]
] as const

const keys = [
  ["g n", "Go to Now"],
  ["g i", "Go to the Inbox"],
  ["g j", "Go to Jobs"],
  ["g r", "Go to Restaurants"],
  ["g f", "Go to Failures"],
  ["g t", "Go to Types"],
  ["g l", "Go to the Fleet"],
  ["j / k", "Next or previous row"],
  ["/", "Search"],
  ["l", "Hold the page still, or go on"],
  ["?", "This list"]
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
    <h2 id="keys">Keys</h2>
    <dl class="words">
      {keys.map(([key, does]) => (
        <div>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{does}</dd>
        </div>
      ))}
    </dl>
    <p class="js-only">
      They do nothing while you type.{" "}
      <button type="button" class="button button-small" id="keys-switch">
        Turn single keys off
      </button>
    </p>
    <h2>Live pages</h2>
    <p>
      Pages change while you look at them, but rows never move. New jobs show as a note above the list. Press “Live” at
      the top to hold a page still; press it again to bring it up to date.
    </p>
  </div>
)
