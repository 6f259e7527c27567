/** How the board looks and behaves in this browser. */
import { type BoardSettings, settingChoices, settingNames } from "./BoardSettings.ts"
import { type Theme, ThemeForm } from "./components/ThemeForm.tsx"

const titles: Readonly<Record<keyof BoardSettings, string>> = {
  density: "Rows",
  zone: "Times",
  keys: "Single keys",
  announce: "Told to screen readers",
  pictures: "Pictures"
}

const labels: Readonly<Record<string, string>> = {
  comfortable: "Comfortable",
  compact: "Compact",
  local: "In the zone of this computer",
  utc: "In UTC",
  on: "On",
  off: "Off",
  all: "All news",
  important: "Only changes of status",
  none: "Nothing"
}

const hints: Partial<Readonly<Record<keyof BoardSettings, string>>> = {
  zone: "Dates, clocks, and the full time that shows when you point at a short one.",
  keys: "Keys such as j and k move through a list. Help has all of them.",
  pictures: "Off spares a slow connection: browsers of jobs are not shown."
}

export interface SettingsPageProps {
  readonly theme: Theme
  readonly settings: BoardSettings
  readonly saved: boolean
}

export const SettingsPage = ({ saved, settings, theme }: SettingsPageProps) => (
  <div class="prose">
    <h1>Settings</h1>
    <p>They are kept in this browser only.</p>
    {saved && (
      <p class="box" tabindex={-1} autofocus>
        Saved.
      </p>
    )}
    <ThemeForm theme={theme} here="/settings" />
    <form method="post" action="/settings" class="form">
      {settingNames.map((name) => (
        <div class="field">
          <label for={`setting-${name}`}>{titles[name]}</label>
          {hints[name] && (
            <p class="field-hint" id={`setting-${name}-hint`}>
              {hints[name]}
            </p>
          )}
          <select
            class="box-input"
            id={`setting-${name}`}
            name={name}
            aria-describedby={hints[name] && `setting-${name}-hint`}
          >
            {settingChoices[name].map((choice) => (
              <option value={choice} selected={settings[name] === choice}>
                {labels[choice]}
              </option>
            ))}
          </select>
        </div>
      ))}
      <div class="buttons">
        <button type="submit" class="button button-primary">
          Save
        </button>
      </div>
    </form>
  </div>
)
