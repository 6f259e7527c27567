import type { Fault, FaultKind } from "../data/Faults.ts"
import { Layout } from "./Layout.tsx"

interface FaultsPageProps {
  readonly base: string
  readonly restaurant: string | undefined
  /** Those that exist already, to choose from. */
  readonly restaurants: ReadonlyArray<string>
  readonly faults: ReadonlyArray<Fault>
}

const texts: Record<FaultKind, { readonly title: string; readonly effect: string; readonly path: string }> = {
  slow: { title: "Slow page", effect: "The next requests are answered late.", path: "/menu" },
  error: { title: "Server error", effect: "The next requests are answered with 500.", path: "/menu" },
  session: { title: "Lost session", effect: "The next request is sent to the sign-in page.", path: "/menu/items" },
  "moved-button": {
    title: "Moved button",
    effect: "The main button of the next pages is called “Apply changes” and stands at the top of its form.",
    path: "/menu/items"
  },
  "one-time-code": {
    title: "One-time code",
    effect: "The next sign-ins and registrations ask for a code as well. It is sent to the practice phone.",
    path: "/sign-in"
  },
  captcha: { title: "Captcha", effect: "The next requests are answered with a page for people only.", path: "/menu" },
  "dropped-connection": {
    title: "Dropped connection",
    effect: "The next requests do their work, but the connection breaks before their answer.",
    path: "/menu/items"
  }
}

const NumberField = (props: { id: string; name: string; label: string; value: number; min: number; max: number }) => (
  <>
    <label for={props.id}>{props.label}</label>
    <input id={props.id} name={props.name} type="number" min={props.min} max={props.max} value={props.value} required />
  </>
)

const FaultCard = (props: { base: string; restaurant: string; kind: FaultKind; fault: Fault | undefined }) => {
  const { base, fault, kind, restaurant } = props
  const { effect, path, title } = texts[kind]
  return (
    <form class="card" method="post" action={`${base}/faults`}>
      <h2>{title}</h2>
      <p>{effect}</p>
      <p class={fault ? "on" : "none"}>
        {fault ? `On: ${fault.timesLeft} to go, for paths from ${fault.pathPrefix}` : "Off"}
      </p>
      <input type="hidden" name="restaurant" value={restaurant} />
      <input type="hidden" name="kind" value={kind} />
      <NumberField
        id={`${kind}-times`}
        name="times"
        label="How many requests"
        value={fault?.timesLeft ?? 1}
        min={1}
        max={1000}
      />
      <label for={`${kind}-path`}>Paths from</label>
      <input id={`${kind}-path`} name="pathPrefix" value={fault?.pathPrefix ?? path} required maxlength={200} />
      {kind === "slow" ? (
        <NumberField id="delay" name="delayMs" label="Delay in ms" value={fault?.delayMs ?? 3000} min={0} max={60000} />
      ) : null}
      {kind === "error" ? (
        <NumberField
          id="retry-after"
          name="retryAfterSeconds"
          label="Retry-After in seconds (0: none)"
          value={fault?.retryAfterSeconds ?? 0}
          min={0}
          max={3600}
        />
      ) : null}
      <p class="buttons">
        <button type="submit">Switch on</button>
        {fault ? (
          <button type="submit" class="quiet" name="off" value={kind}>
            Switch off
          </button>
        ) : null}
      </p>
    </form>
  )
}

export const FaultsPage = ({ base, faults, restaurant, restaurants }: FaultsPageProps) => (
  <Layout base={base} title="Faults">
    <p>Lets the practice site misbehave for one restaurant, to see what a job makes of it.</p>
    <form class="card" method="get" action={`${base}/faults`}>
      <label for="restaurant">Restaurant ID</label>
      <input
        id="restaurant"
        name="restaurant"
        value={restaurant ?? ""}
        pattern="[a-z0-9\-]{1,64}"
        list="known"
        required
        autocomplete="off"
      />
      <datalist id="known">
        {restaurants.map((id) => (
          <option value={id} />
        ))}
      </datalist>
      <button type="submit" class="quiet">
        Show
      </button>
    </form>
    {restaurant === undefined ? null : (
      <>
        <div class="cards">
          {(Object.keys(texts) as Array<FaultKind>).map((kind) => (
            <FaultCard base={base} restaurant={restaurant} kind={kind} fault={faults.find((on) => on.kind === kind)} />
          ))}
        </div>
        <form method="post" action={`${base}/faults`}>
          <input type="hidden" name="restaurant" value={restaurant} />
          <button type="submit" class="quiet" name="off" value="all">
            Switch all off
          </button>
        </form>
      </>
    )}
  </Layout>
)
