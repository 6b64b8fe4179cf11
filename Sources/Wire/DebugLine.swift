package import TwostepCore

/// What the argument `debug` adds to the log after a decision: how it came about.
package func debugLine(_ request: LoginRequest) -> EventLine {
    var line = EventLine(.debug, severity: .info)
    line.add("version", version)
    line.add("config", request.options.config)
    line.add("store", request.configuration.store)
    line.add("nullok", request.options.nullok ? "yes" : "no")
    let required = request.configuration.required
    let isForAll = request.options.required || request.configuration.isRequiredOfAll
    line.add("required", isForAll ? "all" : required.isEmpty ? "none" : "some")
    return line
}
