import { describe, expect, it } from 'vitest';
import { proxyEnvironment } from '../../../extension/src/settings/proxyEnvironment.ts';

describe('the proxy of the server', () => {
  it('is none where there is none', () => {
    expect(proxyEnvironment({ proxy: ' ', noProxy: [] }, { PATH: '/bin' })).toEqual({});
  });

  it('is the one of the editor, and never asked for this machine', () => {
    expect(proxyEnvironment({ proxy: 'http://proxy:3128', noProxy: ['intranet'] }, {})).toEqual({
      HTTP_PROXY: 'http://proxy:3128',
      HTTPS_PROXY: 'http://proxy:3128',
      NO_PROXY: 'intranet,localhost,127.0.0.1,::1',
      NODE_USE_ENV_PROXY: '1',
    });
  });

  it('is the one of the environment where the editor names none', () => {
    const env = { https_proxy: 'http://proxy:3128', no_proxy: 'example.org' };
    expect(proxyEnvironment({ proxy: '', noProxy: [] }, env)).toEqual({
      NO_PROXY: 'example.org,localhost,127.0.0.1,::1',
      NODE_USE_ENV_PROXY: '1',
    });
  });
});
