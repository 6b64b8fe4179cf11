/// The one version number, semantic (semver.org).
package let version: StaticString = "0.1.0"
