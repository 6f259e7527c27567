import { type SiteDesign, type SiteState, themes } from "../data/Websites.ts"
import { Layout, Notice, Problem } from "./Layout.tsx"

interface WebsitePageProps {
  readonly base: string
  readonly restaurant: string
  readonly design: SiteDesign
  readonly state: SiteState
  readonly wasSaved: boolean
  readonly problem?: string | undefined
}

const themeLabels = { light: "Light", dark: "Dark" }

const DesignForm = ({ base, design }: { readonly base: string; readonly design: SiteDesign }) => (
  <form class="card" method="post" action={`${base}/website`}>
    <h2>Design</h2>
    <fieldset>
      <legend>Theme</legend>
      {themes.map((theme) => (
        <label class="choice">
          <input type="radio" name="theme" value={theme} checked={design.theme === theme} /> {themeLabels[theme]}
        </label>
      ))}
    </fieldset>
    <label for="accent">Accent colour</label>
    <input id="accent" name="accent" type="color" value={design.accent} />
    <label for="headline">Headline</label>
    <input id="headline" name="headline" value={design.headline} required maxlength={80} autocomplete="off" />
    <label for="welcome">Welcome text</label>
    <textarea id="welcome" name="welcome" rows={3} maxlength={500}>
      {design.welcome}
    </textarea>
    <button type="submit">Save draft</button>
  </form>
)

const Publishing = ({ base, restaurant, state }: Omit<WebsitePageProps, "design" | "wasSaved">) => (
  <form class="card" method="post" action={`${base}/website/publish`}>
    <h2>Public website</h2>
    <dl>
      <dt class="hint">State</dt>
      <dd>{state}</dd>
    </dl>
    <p>
      <a href={`${base}/website/preview`}>Preview the draft</a>
    </p>
    <p>
      <a href={`${base}/sites/${restaurant}`}>Open website</a>
    </p>
    <button type="submit">Publish website</button>
  </form>
)

export const WebsitePage = ({ base, design, problem, restaurant, state, wasSaved }: WebsitePageProps) => (
  <Layout base={base} title="Website" restaurant={restaurant}>
    {wasSaved ? <Notice>Saved.</Notice> : null}
    {problem === undefined ? null : <Problem>{problem}</Problem>}
    <div class="cards">
      <DesignForm base={base} design={design} />
      <Publishing base={base} restaurant={restaurant} state={state} />
    </div>
  </Layout>
)
