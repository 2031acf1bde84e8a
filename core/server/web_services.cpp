#include <stdexcept>

#include <signaling/server/install_layout.hpp>
#include <signaling/server/web_services.hpp>

namespace signaling::server {

WebPolicies::WebPolicies(const std::optional<net::CorsOptions>& cors, const std::optional<net::CompressionOptions>& compression)
    : compression_(compression) {
  policy_.compression = compression_ ? &*compression_ : nullptr;
  set_cors(cors);
}

void WebPolicies::set_cors(const std::optional<net::CorsOptions>& cors) {
  cors_ = cors ? std::make_unique<net::Cors>(*cors) : nullptr;
  policy_.cors = cors_.get();
}

WebServices::WebServices(const Configuration& configuration, spdlog::logger& log)
    : engine_path_(configuration.server.engine_path), www_path_(configuration.server.www.url_path) {
  const ServerConfig& config = configuration.server;
  if (config.serve_client) {
    const std::string directory = find_data_directory(config.client_directory);
    client_bundle_ = std::make_unique<net::ClientBundle>(directory, engine_path_);
    if (client_bundle_->file_count() == 0)
      log.info("no browser client in {}: {}socket.io.js is not served ({})", directory, engine_path_,
               is_installed() ? "it would be with the files of socket.io-client's dist there"
                              : "deploy/fetch_client.sh " + directory + " fetches it");
  }
  if (config.www.enabled) {
    try {
      static_files_ = std::make_unique<net::StaticFiles>(find_data_directory(config.www.directory), www_path_);
    } catch (const std::exception& error) {
      throw std::runtime_error(to_text(configuration.table.place("www.directory"), "www.directory",
                                       std::string(error.what()) + ", allowed: a readable directory, or www.enabled = false"));
    }
  }
}

void WebServices::add_routes(net::Router& router, const LoopServices& services, const WebPolicies& policies) const {
  const net::ResponsePolicy* const policy = &policies.policy();
  if (client_bundle_) {
    for (const std::string& path : client_bundle_->paths()) router.add_exact(path, *client_bundle_, policy);
  }
  router.add_prefix(engine_path_, *services.engine, policy);
  if (services.plugin_routes != nullptr) router.add_matching(*services.plugin_paths, *services.plugin_routes, policy);
  if (static_files_) router.add_prefix(www_path_, *static_files_, policy);
}

}  // namespace signaling::server
