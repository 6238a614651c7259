/** `a:1,b:2` as a Map. Values may hold colons. The message names the variable and never shows a value. */
function pairs(env, name) {
  const entries = (env[name] ?? "").split(",").filter(Boolean).map((pair) => {
    const [key, ...rest] = pair.split(":");
    return [key.trim(), rest.join(":").trim()];
  });
  if (entries.length === 0 || entries.some(([key, value]) => !key || !value)) {
    throw new Error(`${name} needs name:value pairs with commas between them`);
  }
  return new Map(entries);
}

function positive(env, name, fallback) {
  const value = Number(env[name] ?? fallback);
  if (!Number.isInteger(value) || value <= 0) {
    throw new Error(`${name} is a whole number above zero`);
  }
  return value;
}

/** All settings, checked, from the environment. */
export function readConfig(env) {
  return {
    keys: pairs(env, "TOKEN_KEYS"),
    clients: pairs(env, "TOKEN_CLIENTS"),
    seconds: positive(env, "TOKEN_SECONDS", 300),
    port: positive(env, "PORT", 8080),
  };
}
