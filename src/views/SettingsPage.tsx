import { type Theme, ThemeForm } from "./components/ThemeForm.tsx"

export const SettingsPage = ({ theme }: { readonly theme: Theme }) => (
  <div class="prose">
    <h1>Settings</h1>
    <p>They are kept in this browser only.</p>
    <ThemeForm theme={theme} here="/settings/theme" />
  </div>
)
