/** The pages of the reference: an index of the APIs, and one page for each. */
import type { Schema } from '../../lib/schema.ts';
import type { OpenApi, Operation } from '../openapi/describe.ts';
import { WRITE_HEADERS } from '../openapi/write-headers.ts';
import { type Field, fieldsOf, fieldTable, notesOf, resolved, typeText } from './fields.ts';
import { Html, html, inline, policyFor, prose } from './html.ts';
import { STYLE } from './style.ts';

export interface Api {
  name: string;
  prefix: string;
  /** The prefix and what the vendor's own paths begin with. */
  base: string;
  document: OpenApi;
}

interface Page {
  text: string;
  policy: string;
}

interface Described {
  method: string;
  path: string;
  operation: Operation;
}

const POLICY = policyFor(STYLE);
const titleOf = ({ document }: Api): string => document.info.title.replace(/ on Parlance$/, '');
const operationsOf = ({ document }: Api): Described[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );

function page(title: string, apis: readonly Api[], current: string, body: Html): Page {
  const here = (name: string) => (name === current ? new Html(' aria-current="page"') : '');
  const links = apis.map((api) => html`<li><a href="/docs/${api.name}"${here(api.name)}>${titleOf(api)}</a></li>`);
  const text = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="brand" href="/docs">Parlance <span>reference</span></a>
<nav aria-label="APIs"><ul>${links}</ul></nav>
</header>
${body}
<footer>Made by this server from what it checks and answers. Apache-2.0.</footer>
</body>
</html>
`;
  return { text: text.text, policy: POLICY };
}

export function indexPage(apis: readonly Api[]): Page {
  const cards = apis.map(
    (api) => html`<li><h2><a href="/docs/${api.name}">${titleOf(api)}</a></h2>
<p>${inline(api.document.info.description)}</p>
<dl><dt>Base</dt><dd><code>${api.base}</code></dd><dt>Operations</dt><dd>${operationsOf(api).length}</dd>
<dt>OpenAPI</dt><dd><a href="${api.prefix}/openapi.json" aria-label="OpenAPI document of ${titleOf(api)}">openapi.json</a></dd></dl></li>`,
  );
  const body = html`<main id="main" class="single">
<h1>One agent, several APIs</h1>
<p class="lead">Every API below speaks of the same agents. What one of them writes, the others show in their own words, and
what one of them cannot name it cannot erase.</p>
<ul class="cards">${cards}</ul>
</main>`;
  return page('Parlance reference', apis, '', body);
}

export function missingPage(apis: readonly Api[]): Page {
  const body = html`<main id="main" class="single"><h1>There is no such page</h1>
<p>The <a href="/docs">index</a> lists every API of this server.</p></main>`;
  return page('No such page · Parlance reference', apis, '', body);
}

export function apiPage(api: Api, apis: readonly Api[], address: string): Page {
  const { document } = api;
  const all = operationsOf(api);
  const groups = document.tags.map(({ name }) => ({
    name,
    id: `tag-${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`,
    members: all.filter(({ operation }) => operation.tags[0] === name),
  }));
  const body = html`<div class="page">
<nav class="side" aria-label="On this page">
<h2>Overview</h2><ul><li><a href="#access">Access</a></li><li><a href="#failures">Failures</a></li></ul>
${groups.map(
  ({ name, members }) =>
    html`<h2>${name}</h2><ul>${members.map(
      ({ operation }) => html`<li><a href="#${operation.operationId}">${operation.summary}</a></li>`,
    )}</ul>`,
)}
</nav>
<main id="main">
<h1>${titleOf(api)}</h1>
<div class="lead">${prose(document.info.description)}</div>
${access(api, address)}
${groups.map(
  ({ name, id, members }) =>
    html`<section aria-labelledby="${id}"><h2 id="${id}">${name}</h2>${members.map((one) =>
      article(one, api, address),
    )}</section>`,
)}
${failures(api)}
</main>
</div>`;
  return page(`${titleOf(api)} · Parlance reference`, apis, api.name, body);
}

function access({ prefix, base, name, document }: Api, address: string): Html {
  const { securitySchemes, headers } = document.components;
  const doors = Object.values(securitySchemes).map((scheme) => {
    const shown = scheme['scheme'] === 'bearer' ? 'Authorization: Bearer …' : scheme['name'];
    return html`<li><code>${shown}</code>${scheme['in'] === 'cookie' && ' (cookie)'}. ${scheme['description']}</li>`;
  });
  const writeOptions = WRITE_HEADERS.map(
    ({ name: header, description = '' }) => html`<li><code>${header}</code>: ${inline(description)}</li>`,
  );
  const rates = Object.entries(headers).map(
    ([header, { description }]) => html`<li><code>${header}</code>: ${description}</li>`,
  );
  return html`<section aria-labelledby="access"><h2 id="access">Access</h2>
<dl><dt>Base</dt><dd><code>${address}${base}</code></dd>
<dt>By host name</dt><dd>With <code>PARLANCE_HOSTS="${name}=api.example.com"</code> the paths begin without <code>${prefix}</code> on that host.</dd>
<dt>OpenAPI</dt><dd><a href="${prefix}/openapi.json">${prefix}/openapi.json</a></dd></dl>
<h3>Credentials, one of</h3><ul class="statuses">${doors}</ul>
<h3>Request headers of a write</h3><ul class="statuses">${writeOptions}</ul>
<h3>Response headers</h3><ul class="statuses">${rates}</ul></section>`;
}

function article({ method, path, operation }: Described, { document }: Api, address: string): Html {
  const { operationId, summary, description, parameters, requestBody } = operation;
  const body = requestBody?.content['application/json'];
  const bodyFields = body ? fieldsOf(body.schema as Schema, document).filter(({ readOnly }) => !readOnly) : [];
  // What goes with every write is said once, above.
  const asParameters = parameters
    .filter((parameter) => parameter.in !== 'header')
    .map(
      (parameter): Field => ({
        path: parameter.in === 'path' ? `{${parameter.name}}` : `?${parameter.name}`,
        type: typeText(parameter.schema, document),
        required: parameter.required,
        notes: [parameter.description, notesOf(parameter.schema)].filter((said) => said).join(' '),
      }),
    );
  return html`<article aria-labelledby="${operationId}">
<h3 id="${operationId}"><a class="self" href="#${operationId}">${summary}</a></h3>
<p class="route"><span class="method ${method}">${method.toUpperCase()}</span> <code>${path}</code></p>
${description && prose(description)}
${asParameters.length > 0 && html`<h4>Parameters</h4>${fieldTable(asParameters, `Parameters of ${summary}`)}`}
${bodyFields.length > 0 && html`<h4>Body</h4>${fieldTable(bodyFields, `Body of ${summary}`)}`}
<h4>Example</h4><pre tabindex="0" aria-label="Example of ${summary}"><code>${curl({ method, path, operation }, document, address)}</code></pre>
<h4>Answers</h4>${answers(operation, document)}
</article>`;
}

function answers({ responses, summary }: Operation, document: OpenApi): Html[] {
  const successes = Object.entries(responses).flatMap(([status, answer]) => {
    if ('$ref' in answer) return [];
    const schema = Object.values(answer.content ?? {})[0]?.schema as Schema | undefined;
    const fields = schema ? fieldsOf(listed(schema, document), document) : [];
    return html`<p><strong>${status}</strong> ${answer.description}</p>${
      fields.length > 0 &&
      html`<details><summary>Fields of the answer</summary>${fieldTable(fields, `Answer of ${summary}`)}</details>`
    }`;
  });
  const failures = Object.entries(responses).flatMap(([status, answer]) => {
    if (!('$ref' in answer) || status === 'default') return [];
    const codes = answer.$ref.split('/').at(-1)!.split('.');
    const links = codes.map(
      (code, i) => html`${i > 0 && ', '}<a href="#failure-${code}">${code.replaceAll('_', ' ')}</a>`,
    );
    return html`<li><strong>${status}</strong> ${links}</li>`;
  });
  return [...successes, html`<ul class="statuses">${failures}</ul>`];
}

/** The fields of a bare list are those of its items. */
function listed(schema: Schema, document: OpenApi) {
  const shape = resolved(schema, document);
  return shape.items ? resolved(shape.items, document) : shape;
}

function curl({ method, path, operation }: Described, document: OpenApi, address: string): string {
  const filled = path.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const found = operation.parameters.find((parameter) => parameter.in === 'path' && parameter.name === name);
    const example = (found?.schema['examples'] as unknown[] | undefined)?.[0];
    return example === undefined ? whole : String(example);
  });
  const [door] = operation.security.map((one) => Object.keys(one)[0]!);
  const scheme = door === undefined ? undefined : document.components.securitySchemes[door];
  const keyLike = /[a-z_]+_(?=…)/.exec(scheme?.['description'] ?? '')?.[0] ?? '';
  const shown = scheme?.['scheme'] === 'bearer' ? 'Authorization: Bearer' : `${scheme?.['name']}:`;
  const body = operation.requestBody?.content['application/json']?.example;
  const lines = [
    `curl${method === 'get' ? '' : ` -X ${method.toUpperCase()}`} '${address}${filled}'`,
    scheme && `-H '${shown} ${keyLike}YOUR_KEY'`,
    body !== undefined && "-H 'Content-Type: application/json'",
    body !== undefined && `-d '${JSON.stringify(body, null, 2).replaceAll("'", "'\\''")}'`,
  ];
  return lines.filter((line) => line).join(' \\\n  ');
}

function failures({ document }: Api): Html {
  const fields = fieldsOf(document.components.schemas['Failure'] ?? {}, document);
  const examples = Object.entries(document.components.examples).map(
    ([code, { summary, value }]) =>
      html`<details id="failure-${code}"><summary>${summary}</summary><pre tabindex="0" aria-label="Body of ${summary}"><code>${JSON.stringify(value, null, 2)}</code></pre></details>`,
  );
  return html`<section aria-labelledby="failures"><h2 id="failures">Failures</h2>
<p>Everything that can go wrong, as this API says it.</p>
${fieldTable(fields, 'The body of a failure')}
<h3>Examples</h3>${examples}</section>`;
}
