export const themes = ["auto", "light", "dark"] as const
export type Theme = (typeof themes)[number]

const labels: Readonly<Record<Theme, string>> = { auto: "Auto", light: "Light", dark: "Dark" }

export const ThemeForm = ({ theme, here }: { readonly theme: Theme; readonly here: string }) => (
  <form class="theme" method="post" action="/settings/theme">
    <input type="hidden" name="back" value={here} />
    <fieldset>
      <legend>Theme</legend>
      {themes.map((name) => (
        <button type="submit" name="theme" value={name} aria-pressed={name === theme ? "true" : "false"}>
          {labels[name]}
        </button>
      ))}
    </fieldset>
  </form>
)
