// JSON schemas for kubeconform, made from what Kubernetes, the Prometheus operator and KEDA publish in their Go modules:
// its usual source is a web site, which a build may not reach. Unknown fields are refused, as kubeconform's strict ones do.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { load } from 'js-yaml';
import { KUBERNETES, moduleFolder } from './go-tools.mjs';

const MODULES = {
  kubernetes: `k8s.io/kubernetes@v${KUBERNETES}`,
  prometheus: 'github.com/prometheus-operator/prometheus-operator@v0.85.0',
  keda: 'github.com/kedacore/keda/v2@v2.17.0',
};
const CUSTOM = [
  ['prometheus', 'example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml'],
  ['prometheus', 'example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml'],
  ['keda', 'config/crd/bases/keda.sh_scaledobjects.yaml'],
];

/** Writes them once. */
export function writeSchemas(folder) {
  if (existsSync(path.join(folder, 'complete'))) return;
  mkdirSync(folder, { recursive: true });
  writeBuiltIn(
    folder,
    JSON.parse(readFileSync(path.join(moduleFolder(MODULES.kubernetes), 'api/openapi-spec/swagger.json'), 'utf8')),
  );
  for (const definition of customResources()) writeCustom(folder, definition);
  writeFileSync(path.join(folder, 'complete'), '');
}

/** The CustomResourceDefinitions whose objects the chart may hold. */
export function customResources() {
  return CUSTOM.map(([module, file]) => load(readFileSync(path.join(moduleFolder(MODULES[module]), file), 'utf8')));
}

function writeBuiltIn(folder, { definitions }) {
  const strict = Object.fromEntries(
    Object.entries(definitions).map(([name, schema]) => [name, special(name) ?? closed(schema)]),
  );
  for (const [name, schema] of Object.entries(definitions)) {
    for (const { group, version, kind } of schema['x-kubernetes-group-version-kind'] ?? []) {
      if (schema.properties?.metadata === undefined) continue;
      const used = reachable(strict, name);
      writeFileSync(
        path.join(folder, fileName(kind, group, version)),
        JSON.stringify({ $ref: `#/definitions/${name}`, definitions: used }),
      );
    }
  }
}

function writeCustom(folder, { spec }) {
  for (const { name, schema } of spec.versions) {
    const { openAPIV3Schema } = schema;
    // An object's metadata is Kubernetes' own.
    openAPIV3Schema.properties.metadata = { type: 'object' };
    const file = fileName(spec.names.kind, spec.group, name);
    writeFileSync(path.join(folder, file), JSON.stringify(closed({ ...openAPIV3Schema })));
  }
}

/** As kubeconform asks for them: kind, first part of the group, version. */
function fileName(kind, group, version) {
  return `${[kind, group.split('.')[0], version].filter(Boolean).join('-').toLowerCase()}.json`;
}

/** Two types that the specification calls strings and that may be written as numbers. */
function special(name) {
  if (name.endsWith('.IntOrString')) return { type: ['string', 'integer'] };
  return name.endsWith('.resource.Quantity') ? { type: ['string', 'number'] } : undefined;
}

/** No property that is not described, unless the schema says so. */
function closed(schema) {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  if (schema['x-kubernetes-int-or-string'] === true) return { type: ['string', 'integer'] };
  const isOpen = schema.additionalProperties !== undefined || schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (schema.type === 'object' && schema.properties !== undefined && !isOpen) copy.additionalProperties = false;
  return copy;
}

function reachable(definitions, first) {
  const used = {};
  const wanted = [first];
  while (wanted.length > 0) {
    const name = wanted.pop();
    if (used[name] !== undefined) continue;
    used[name] = definitions[name];
    for (const [, reference] of JSON.stringify(definitions[name]).matchAll(/"#\/definitions\/([^"]+)"/gu))
      wanted.push(reference);
  }
  return used;
}
