import { Greeting } from './greeting.tsx'

export const App = () => (
  <html lang="en">
    <body>
      <Greeting name="world" />
    </body>
  </html>
)
