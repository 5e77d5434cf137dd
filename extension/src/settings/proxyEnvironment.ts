/** @file The editor's proxy as the server's environment, so that its downloads take the same way out. Pure. */

export interface ProxySettings {
  /** `http.proxy`; empty: what the environment says. */
  readonly proxy: string;
  /** `http.noProxy`. */
  readonly noProxy: readonly string[];
}

/** Servers on this machine are never asked through a proxy. */
const local = ['localhost', '127.0.0.1', '::1'];

/** Variables to add; empty where there is no proxy. */
export function proxyEnvironment(
  { proxy, noProxy }: ProxySettings,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const fromEnvironment = env.HTTPS_PROXY ?? env.https_proxy ?? env.HTTP_PROXY ?? env.http_proxy ?? '';
  const address = proxy.trim() || fromEnvironment;
  if (address === '') return {};
  const around = [env.NO_PROXY ?? env.no_proxy ?? '', ...noProxy, ...local].filter((host) => host !== '');
  return {
    ...(proxy.trim() !== '' && { HTTP_PROXY: address, HTTPS_PROXY: address }),
    NO_PROXY: around.join(','),
    NODE_USE_ENV_PROXY: '1',
  };
}
