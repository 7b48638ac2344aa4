export const Greeting = ({ name }: { name: string }) => <h1>{`hello, ${name}`}</h1>
