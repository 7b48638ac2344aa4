export const Page = ({ title }: { title: string }) => (
  <html lang="en">
    <body>
      <h1>hello from {title}</h1>
    </body>
  </html>
)
