export default function Page() {
  return <p>The smallest application that Next builds.</p>;
}
