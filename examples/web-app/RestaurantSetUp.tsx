/** @jsxImportSource react */
import { useMutation } from "@tanstack/react-query"
import { CompactProgressTracker } from "callboard/react"
import type { FormEvent } from "react"
import { client, useJobStatus } from "./client.ts"
import { useRememberedJobs } from "./rememberedJobs.ts"
import { planOf, titles, type Wishes } from "./setUpPlan.ts"

const MENU = `category,name,description,price
Pizza,Margherita,Tomato and mozzarella,9.50
Pizza,Quattro formaggi,Four kinds of cheese,12.50
Drinks,Chinotto,,3.90`

const wishesOf = (form: FormData): Wishes => ({
  name: String(form.get("name")),
  city: String(form.get("city")),
  menu: String(form.get("menu")),
  look: form.get("look") === "dark" ? "dark" : "light"
})

/** Where the restaurant can be seen, once its website is published. */
const Website = ({ id }: { readonly id: string }) => {
  const { result } = useJobStatus<"configure-website-light">(id)
  if (result === undefined) return null
  return (
    <p className="note" role="status">
      The restaurant is open: <a href={result.url}>look at its website</a>
    </p>
  )
}

export const RestaurantSetUp = () => {
  const [ids, remember] = useRememberedJobs("restaurant")
  const {
    error,
    isPending,
    mutate: setUp
  } = useMutation({
    mutationFn: (wishes: Wishes) => client.batch(planOf(wishes)),
    onSuccess: ({ jobs }) => remember(jobs.map(({ id }) => id))
  })
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    setUp(wishesOf(new FormData(event.currentTarget)))
  }
  const website = ids.at(-1)

  return (
    <section className="card" aria-labelledby="restaurant">
      <h2 id="restaurant">Set up a restaurant</h2>
      <p>A real browser fills in the back office of the practice portal.</p>
      <form onSubmit={onSubmit}>
        <label>
          Restaurant
          <input name="name" defaultValue="Osteria Nova" required maxLength={80} />
        </label>
        <label>
          City
          <input name="city" defaultValue="Roma" required maxLength={80} />
        </label>
        <label className="wide">
          Menu
          <textarea name="menu" defaultValue={MENU} required spellCheck={false} />
        </label>
        <fieldset className="wide">
          <legend>Website</legend>
          <label className="choice">
            <input type="radio" name="look" value="light" defaultChecked /> Light
          </label>
          <label className="choice">
            <input type="radio" name="look" value="dark" /> Dark
          </label>
        </fieldset>
        <button type="submit" className="main wide" disabled={isPending}>
          Set it up
        </button>
      </form>
      {error !== null && (
        <p className="note" role="alert">
          {error.message}
        </p>
      )}
      {ids.length > 0 && (
        <ol className="jobs">
          {ids.map((id, n) => (
            <li key={id}>
              <CompactProgressTracker jobId={id} title={titles[n]} showActions />
            </li>
          ))}
        </ol>
      )}
      {website !== undefined && <Website id={website} />}
    </section>
  )
}
