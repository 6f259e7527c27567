import type { Item } from "../data/Menus.ts"
import type { OptionSet } from "../data/OptionSets.ts"
import { priceText } from "../data/prices.ts"
import { Layout, Notice, Problem } from "./Layout.tsx"
import { RuleFields } from "./OptionSetsPage.tsx"

interface OptionSetPageProps {
  readonly base: string
  readonly restaurant: string
  readonly set: OptionSet
  readonly items: ReadonlyArray<Item>
  readonly wasSaved: boolean
  readonly problem?: string | undefined
}

const Prices = ({ action, set }: { readonly action: string; readonly set: OptionSet }) => (
  <form class="card" method="post" action={`${action}/prices`}>
    <fieldset>
      <legend>Prices</legend>
      {set.choices.length === 0 ? <p>There are no choices yet.</p> : null}
      {set.choices.map((choice) => (
        <>
          <label for={`price-${choice.id}`}>Price of {choice.name}</label>
          <input
            id={`price-${choice.id}`}
            name={`price-${choice.id}`}
            value={priceText(choice.priceCents)}
            inputmode="decimal"
            required
          />
        </>
      ))}
    </fieldset>
    <button type="submit">Save prices</button>
  </form>
)

const NewChoice = ({ action }: { readonly action: string }) => (
  <form class="card" method="post" action={`${action}/choices`}>
    <h2>New choice</h2>
    <label for="name">Name</label>
    <input id="name" name="name" required maxlength={60} autocomplete="off" />
    <label for="price">Extra price in euros</label>
    <input id="price" name="price" value="0.00" inputmode="decimal" required autocomplete="off" />
    <button type="submit">Add choice</button>
  </form>
)

const Items = (props: { readonly action: string; readonly set: OptionSet; readonly items: ReadonlyArray<Item> }) => (
  <form class="card" method="post" action={`${props.action}/items`}>
    <fieldset>
      <legend>Items</legend>
      {props.items.map((item) => (
        <label class="choice">
          <input type="checkbox" name="items" value={item.id} checked={props.set.itemIds.includes(item.id)} />{" "}
          {item.name}
        </label>
      ))}
    </fieldset>
    <button type="submit">Save items</button>
  </form>
)

export const OptionSetPage = ({ base, items, problem, restaurant, set, wasSaved }: OptionSetPageProps) => {
  const action = `${base}/options/${set.id}`
  return (
    <Layout base={base} title={set.name} restaurant={restaurant}>
      <p class="crumbs">
        <a href={`${base}/options`}>Options</a>
      </p>
      {wasSaved ? <Notice>Saved.</Notice> : null}
      {problem === undefined ? null : <Problem>{problem}</Problem>}
      <div class="cards">
        <form class="card" method="post" action={`${action}/rules`}>
          <h2>How many a guest takes</h2>
          <RuleFields min={set.min} max={set.max} />
          <button type="submit">Save rules</button>
        </form>
        <NewChoice action={action} />
        <Prices action={action} set={set} />
        <Items action={action} set={set} items={items} />
      </div>
    </Layout>
  )
}
