// How the page talks to labferry: questions and changes, as JSON.

export async function request(path, method = "GET", body = undefined) {
  const response = await fetch(`/api/v1${path}`, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.json();
  if (response.ok) return answer;
  throw new Error(answer.hint ? `${answer.detail} (${answer.hint})` : answer.detail);
}

/**
 * `get` and `post` throw what went wrong; `ask` and `change` have it said by `say` and give null.
 * After a change the page looks at everything again.
 */
export function makeDoors({ mayChange, say, look }) {
  const asked = async (work) => {
    try {
      const answer = await work();
      say("");
      return answer;
    } catch (error) {
      say(error.message);
      return null;
    }
  };
  return {
    mayChange,
    get: (path) => request(path),
    async post(path, body) {
      const answer = await request(path, "POST", body);
      look();
      return answer;
    },
    ask: (path) => asked(() => request(path)),
    async change(path, body = {}) {
      await asked(() => request(path, "POST", body));
      await look();
    },
  };
}
