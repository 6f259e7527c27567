import type { OptionSet } from "../data/OptionSets.ts"
import { Layout, Problem } from "./Layout.tsx"

export const RuleFields = ({ max, min }: { readonly min: number; readonly max: number }) => (
  <>
    <label for="min">At least</label>
    <input id="min" name="min" type="number" min={0} max={20} value={min} required />
    <label for="max">At most</label>
    <input id="max" name="max" type="number" min={1} max={20} value={max} required />
  </>
)

interface OptionSetsPageProps {
  readonly base: string
  readonly restaurant: string
  readonly sets: ReadonlyArray<OptionSet>
  readonly problem?: string | undefined
  /** What was typed, shown again beside the problem. */
  readonly name?: string
}

export const OptionSetsPage = ({ base, name = "", problem, restaurant, sets }: OptionSetsPageProps) => (
  <Layout base={base} title="Options" restaurant={restaurant}>
    {problem === undefined ? null : <Problem>{problem}</Problem>}
    {sets.length === 0 ? (
      <p>There are no option sets yet.</p>
    ) : (
      <table class="whole-heads">
        <caption>Option sets</caption>
        <thead>
          <tr>
            <th scope="col">Set</th>
            <th scope="col">Guests take</th>
            <th scope="col">Items</th>
            <th scope="col">Choices</th>
          </tr>
        </thead>
        <tbody>
          {sets.map((set) => (
            <tr>
              <th scope="row">
                <a href={`${base}/options/${set.id}`}>{set.name}</a>
              </th>
              <td>{set.min === set.max ? set.min : `${set.min} to ${set.max}`}</td>
              <td>{set.itemIds.length}</td>
              <td>{set.choices.map((choice) => choice.name).join(", ") || <span class="none">None</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
    <form class="card" method="post" action={`${base}/options`}>
      <h2>New option set</h2>
      <label for="name">Name</label>
      <input id="name" name="name" value={name} required maxlength={60} autocomplete="off" />
      <RuleFields min={0} max={1} />
      <button type="submit">Create set</button>
    </form>
  </Layout>
)
